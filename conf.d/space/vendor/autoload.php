<?php
// Symfony as Debian packages it (php-symfony-framework-bundle and -amqp-messenger), in the place of Composer's autoloader.
require_once '/usr/share/php/Symfony/Bundle/FrameworkBundle/autoload.php';
require_once '/usr/share/php/Symfony/Component/Console/autoload.php';
require_once '/usr/share/php/Symfony/Component/Messenger/autoload.php';
require_once '/usr/share/php/Symfony/Component/Messenger/Bridge/Amqp/autoload.php';

spl_autoload_register(static function (string $class): void {
    $file = dirname(__DIR__).'/src/'.strtr(substr($class, strlen('Space\\')), '\\', '/').'.php';
    if (str_starts_with($class, 'Space\\') && is_file($file)) {
        require $file;
    }
});
