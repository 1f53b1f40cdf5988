<?php

namespace Space;

use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as BaseKernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/** Four transports on RabbitMQ, one for each kind of worker; a failed message is tried again three times, then dropped. */
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
                'transports' => [
                    'new_job' => '%env(MESSENGER_NEW_JOB_DSN)%',
                    'execute_job' => '%env(MESSENGER_EXECUTE_JOB_DSN)%',
                    'history_sent' => '%env(MESSENGER_HISTORY_SENT_DSN)%',
                    'job_done' => '%env(MESSENGER_JOB_DONE_DSN)%',
                ],
                'routing' => [
                    Message\NewJob::class => 'new_job',
                    Message\MessageJob::class => 'execute_job',
                    Message\HistorySent::class => 'history_sent',
                    Message\JobDone::class => 'job_done',
                ],
            ],
        ]);
        $container->services()->defaults()->autowire()->autoconfigure()
            ->load('Space\\', __DIR__.'/*')->exclude([__DIR__.'/Kernel.php', __DIR__.'/Message']);
    }

    private function configureRoutes(RoutingConfigurator $routes): void
    {
    }
}
