<?php

namespace Space\Message;

/** A job that is valid and to be executed. */
final class MessageJob
{
    /** @param array{seconds?: float, hook?: string[], leak?: array<string, int>} $parameters as in NewJob */
    public function __construct(public readonly string $id, public readonly array $parameters = [])
    {
    }
}
