<?php
// What php-fpm runs for each request.
require __DIR__.'/../vendor/autoload.php';

use Symfony\Component\HttpFoundation\Request;
use Translations\Kernel;

$kernel = new Kernel($_SERVER['APP_ENV'] ?? 'prod', false);
$request = Request::createFromGlobals();
$response = $kernel->handle($request);
$response->send();
$kernel->terminate($request, $response);
