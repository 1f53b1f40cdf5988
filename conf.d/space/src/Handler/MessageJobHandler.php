<?php

namespace Space\Handler;

use Space\Leak;
use Space\Message\HistorySent;
use Space\Message\JobDone;
use Space\Message\MessageJob;
use Space\Store;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;
use Symfony\Component\Messenger\MessageBusInterface;

/** Executes a job: a hook of the user's, if there is one, then three steps, each told to the history. */
#[AsMessageHandler]
final class MessageJobHandler
{
    public function __construct(private Store $store, private MessageBusInterface $bus)
    {
    }

    public function __invoke(MessageJob $job): void
    {
        $this->store->add('executions', ['id' => $job->id, 'is' => 'begun']);
        Leak::of($job->parameters, 'execute_job');
        if (isset($job->parameters['hook'])) {
            proc_close(proc_open($job->parameters['hook'], [], $pipes));
        }
        foreach (['cloned', 'compiled', 'deployed'] as $number => $event) {
            $this->work(($job->parameters['seconds'] ?? 0.003) / 3);
            $this->bus->dispatch(new HistorySent($job->id, $number + 1, $event));
        }
        $this->store->add('executions', ['id' => $job->id, 'is' => 'done']);
        $this->bus->dispatch(new JobDone($job->id));
    }

    /** One usleep() would end with the first signal. */
    private function work(float $seconds): void
    {
        for ($end = microtime(true) + $seconds; microtime(true) < $end;) {
            usleep(1000);
        }
    }
}
