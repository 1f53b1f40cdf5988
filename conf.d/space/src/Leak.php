<?php

namespace Space;

/** Memory that a job's parameters ask a worker to lose, as big repositories do. */
final class Leak
{
    private static array $lost = [];

    public static function of(array $parameters, string $queue): void
    {
        $megabytes = $parameters['leak'][$queue] ?? 0;
        if ($megabytes > 0) {
            self::$lost[] = str_repeat('x', $megabytes * 1024 * 1024);
        }
    }
}
