<?php

namespace Translations;

use Doctrine\DBAL\Connection;
use Doctrine\DBAL\DriverManager;
use Doctrine\Persistence\ConnectionRegistry;

/** The one database of DATABASE_URL, as DoctrineBundle would give it. */
final class Database implements ConnectionRegistry
{
    private ?Connection $connection = null;

    public function getDefaultConnectionName(): string
    {
        return 'default';
    }

    public function getConnection(?string $name = null): object
    {
        return $this->connection ??= DriverManager::getConnection(['url' => $_SERVER['DATABASE_URL']]);
    }

    public function getConnections(): array
    {
        return ['default' => $this->getConnection()];
    }

    public function getConnectionNames(): array
    {
        return ['default' => self::class];
    }
}
