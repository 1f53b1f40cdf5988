<?php

namespace Space\Handler;

use Space\Message\HistorySent;
use Space\Store;
use Symfony\Component\Messenger\Attribute\AsMessageHandler;

/** Keeps what happened. */
#[AsMessageHandler]
final class HistorySentHandler
{
    public function __construct(private Store $store)
    {
    }

    public function __invoke(HistorySent $history): void
    {
        $this->store->add('history', ['id' => $history->id, 'number' => $history->number, 'event' => $history->event]);
    }
}
