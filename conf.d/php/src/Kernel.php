<?php

namespace Translations;

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;
use Symfony\Component\Messenger\Bridge\Doctrine\Transport\DoctrineTransportFactory;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

use function Symfony\Component\DependencyInjection\Loader\Configurator\service;

/** One transport on Redis; what has failed three times is kept in the database, for messenger:failed:show. */
final class Kernel extends BaseKernel
{
    use MicroKernelTrait;

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
    }

    public function getProjectDir(): string
    {
        return \dirname(__DIR__);
    }

    private function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', [
            'secret' => 'of no use without sessions',
            'messenger' => [
                'failure_transport' => 'failed',
                'transports' => [
                    'async' => [
                        'dsn' => '%env(MESSENGER_TRANSPORT_DSN)%',
                        // A worker that was killed finds the message it had in hand by its name.
                        'options' => ['consumer' => '%env(default:consumer:MESSENGER_CONSUMER_NAME)%', 'delete_after_ack' => true],
                        'retry_strategy' => ['delay' => 100],
                    ],
                    'failed' => 'doctrine://default?queue_name=failed',
                ],
                'routing' => [Message\Translate::class => 'async'],
            ],
        ]);
        $container->parameters()->set('consumer', 'consumer');
        $services = $container->services()->defaults()->autowire()->autoconfigure();
        $services->load('Translations\\', __DIR__.'/*')->exclude([__DIR__.'/Kernel.php', __DIR__.'/Message', __DIR__.'/Controller']);
        $services->load('Translations\\Controller\\', __DIR__.'/Controller/*')->tag('controller.service_arguments');
        $services->set(DoctrineTransportFactory::class)->args([service(Database::class)])->tag('messenger.transport_factory');
    }

    private function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->add('create', '/translations')->controller([Controller\TranslationController::class, 'create'])->methods(['POST']);
        $routes->add('read', '/translations/{id}')->controller([Controller\TranslationController::class, 'read'])->methods(['GET']);
        $routes->add('report', '/report')->controller([Controller\TranslationController::class, 'report']);
    }
}
