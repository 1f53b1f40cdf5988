<?php

namespace Translations\Handler;

use Symfony\Component\Messenger\Attribute\AsMessageHandler;
use Translations\Dictionary;
use Translations\Message\Translate;

/** Translates into a language in which words are read backwards; some words it does not know, some are too much for it. */
#[AsMessageHandler]
final class TranslateHandler
{
    private array $kept = [];

    public function __construct(private Dictionary $dictionary)
    {
    }

    public function __invoke(Translate $message): void
    {
        $this->dictionary->begin($message->id);
        if ('unknown' === $message->text) {
            throw new \RuntimeException('no such word');
        }
        if ('encyclopaedia' === $message->text) {
            $this->kept[] = str_repeat('x', 150 * 1024 * 1024);
        }
        usleep(1000);
        $this->dictionary->put($message->id, strrev($message->text));
    }
}
