<?php

namespace Space\Message;

/** A job that a user has created. */
final class NewJob
{
    /** @param array{seconds?: float, hook?: string[], leak?: array<string, int>} $parameters how long it takes, a command to run before, and megabytes that are never freed, by queue */
    public function __construct(public readonly string $id, public readonly array $parameters = [])
    {
    }
}
