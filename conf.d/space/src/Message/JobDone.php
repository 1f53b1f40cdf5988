<?php

namespace Space\Message;

/** A job that came to its end. */
final class JobDone
{
    public function __construct(public readonly string $id)
    {
    }
}
