<?php

namespace Space\Handler;

use Space\Leak;
use Space\Message\MessageJob;
use Space\Message\NewJob;
use Space\Store;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;
use Symfony\Component\Messenger\MessageBusInterface;

/** Stores a new job and has it executed. */
#[AsMessageHandler]
final class NewJobHandler
{
    public function __construct(private Store $store, private MessageBusInterface $bus)
    {
    }

    public function __invoke(NewJob $job): void
    {
        Leak::of($job->parameters, 'new_job');
        $this->store->add('jobs', ['id' => $job->id]);
        $this->bus->dispatch(new MessageJob($job->id, $job->parameters));
    }
}
