<?php

namespace Translations\Message;

/** A text to be translated. */
final class Translate
{
    public function __construct(public readonly string $id, public readonly string $text)
    {
    }
}
