<?php

namespace Space\Message;

/** Something that happened to a job, `number` counting from 1. */
final class HistorySent
{
    public function __construct(public readonly string $id, public readonly int $number, public readonly string $event)
    {
    }
}
