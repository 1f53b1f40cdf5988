<?php

namespace Translations;

/** What has been translated, in Redis: texts by id, and how often somebody went to work on each. */
final class Dictionary
{
    private ?\Redis $redis = null;

    public function put(string $id, string $text): void
    {
        $this->redis()->hSet('translations', $id, $text);
    }

    public function get(string $id): ?string
    {
        $text = $this->redis()->hGet('translations', $id);

        return false === $text ? null : $text;
    }

    public function begin(string $id): void
    {
        $this->redis()->hIncrBy('attempts', $id, 1);
    }

    private function redis(): \Redis
    {
        if (null === $this->redis) {
            $url = parse_url($_SERVER['MESSENGER_TRANSPORT_DSN']);
            $this->redis = new \Redis();
            $this->redis->connect($url['host'], $url['port'] ?? 6379);
        }

        return $this->redis;
    }
}
