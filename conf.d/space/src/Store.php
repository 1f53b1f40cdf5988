<?php

namespace Space;

/** Where jobs and their history are kept: a collection is a file with a line of JSON for each document, in SPACE_STORE. */
final class Store
{
    public function add(string $collection, array $document): void
    {
        $line = json_encode($document + ['pid' => getmypid()], \JSON_THROW_ON_ERROR)."\n";
        file_put_contents("{$_SERVER['SPACE_STORE']}/$collection.jsonl", $line, \FILE_APPEND | \LOCK_EX);
    }
}
