<?php
/** POST /jobs?id=7&ms=100 puts a job into the queue. */

declare(strict_types=1);

require __DIR__ . '/../src/app.php';

use App\Job;
use Symfony\Component\Messenger\Envelope;

header('Content-Type: text/plain');
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/health') {
    echo "ok\n";
} elseif ($path === '/jobs' && $_SERVER['REQUEST_METHOD'] === 'POST') {
    $job = new Job((string) ($_GET['id'] ?? uniqid()), (int) ($_GET['ms'] ?? 10));
    App\queue()->send(new Envelope($job));
    http_response_code(202);
    echo "queued $job->id\n";
} else {
    http_response_code(404);
    echo "no such page\n";
}
