<?php

namespace Translations\Controller;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Messenger\MessageBusInterface;
use Translations\Dictionary;
use Translations\Message\Translate;

/** What a user asks for; the worker does the work. */
final class TranslationController
{
    /** POST /translations?id=ID with the text: queued. */
    public function create(Request $request, MessageBusInterface $bus): Response
    {
        $bus->dispatch(new Translate($request->query->get('id'), $request->getContent()));

        return new Response("queued\n", 202);
    }

    /** GET /translations/ID: the translation, or 404 as long as there is none. */
    public function read(string $id, Dictionary $dictionary): Response
    {
        $text = $dictionary->get($id);

        return null === $text ? new Response("not yet\n", 404) : new Response("$text\n");
    }

    /** GET /report?seconds=N: takes so long, as reports do. */
    public function report(Request $request, Dictionary $dictionary): Response
    {
        $dictionary->begin('report');
        for ($end = microtime(true) + (float) $request->query->get('seconds', '0'); microtime(true) < $end;) {
            usleep(10_000);
        }

        return new Response('written by '.getmypid()."\n");
    }
}
