<?php
/** What the web server and the workers share: the message, its handler, and the queue in Redis. */

declare(strict_types=1);

namespace App;

use Symfony\Component\Messenger\Bridge\Redis\Transport\RedisTransportFactory;
use Symfony\Component\Messenger\Transport\Serialization\PhpSerializer;
use Symfony\Component\Messenger\Transport\TransportInterface;

foreach (['Messenger', 'Console', 'EventDispatcher'] as $component) {
    require_once "Symfony/Component/$component/autoload.php";
}
require_once 'Symfony/Component/Messenger/Bridge/Redis/autoload.php';

final class Job
{
    public function __construct(public readonly string $id, public readonly int $milliseconds)
    {
    }
}

final class JobHandler
{
    public function __invoke(Job $job): void
    {
        echo "began $job->id\n";
        // In small steps: a signal would cut one long sleep short.
        for ($left = $job->milliseconds; $left > 0; $left -= 10) {
            usleep(10_000);
        }
        echo "done $job->id\n";
    }
}

function queue(): TransportInterface
{
    $options = ['consumer' => gethostname() . '-' . getmypid(), 'delete_after_ack' => true];
    return (new RedisTransportFactory())->createTransport((string) getenv('REDIS_URL'), $options, new PhpSerializer());
}
