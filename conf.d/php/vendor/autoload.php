<?php
// Symfony and Doctrine as Debian packages them, in the place of Composer's autoloader.
require_once '/usr/share/php/Symfony/Bundle/FrameworkBundle/autoload.php';
require_once '/usr/share/php/Symfony/Component/Console/autoload.php';
require_once '/usr/share/php/Symfony/Component/Messenger/autoload.php';
require_once '/usr/share/php/Symfony/Component/Messenger/Bridge/Redis/autoload.php';
require_once '/usr/share/php/Symfony/Component/Messenger/Bridge/Doctrine/autoload.php';
require_once '/usr/share/php/Doctrine/DBAL/autoload.php';
require_once '/usr/share/php/Doctrine/Persistence/autoload.php';

spl_autoload_register(static function (string $class): void {
    $file = dirname(__DIR__).'/src/'.strtr(substr($class, strlen('Translations\\')), '\\', '/').'.php';
    if (str_starts_with($class, 'Translations\\') && is_file($file)) {
        require $file;
    }
});
