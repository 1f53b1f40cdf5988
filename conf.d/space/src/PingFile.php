<?php

namespace Space;

use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\Messenger\Event\WorkerRunningEvent;

/** Touches SPACE_PING_FILE every SPACE_PING_SECONDS while the worker gets around its loop; a worker that hangs does not. */
final class PingFile implements EventSubscriberInterface
{
    private float $next = 0;

    public function ping(): void
    {
        if (isset($_SERVER['SPACE_PING_FILE']) && microtime(true) >= $this->next) {
            touch($_SERVER['SPACE_PING_FILE']);
            $this->next = microtime(true) + (float) ($_SERVER['SPACE_PING_SECONDS'] ?? 60);
        }
    }

    public static function getSubscribedEvents(): array
    {
        return [WorkerRunningEvent::class => 'ping'];
    }
}
