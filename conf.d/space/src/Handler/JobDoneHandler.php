<?php

namespace Space\Handler;

use Space\Message\JobDone;
use Space\Store;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;

/** Keeps that a job is done. */
#[AsMessageHandler]
final class JobDoneHandler
{
    public function __construct(private Store $store)
    {
    }

    public function __invoke(JobDone $job): void
    {
        $this->store->add('done', ['id' => $job->id]);
    }
}
