<?php

namespace Space\Command;

use Space\Message\NewJob;
use Symfony\Component\Console\Attribute\AsCommand;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputArgument;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Input\InputOption;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Component\Messenger\MessageBusInterface;

/** Creates jobs, as the web interface does. */
#[AsCommand(name: 'space:job', description: 'Creates jobs')]
final class JobCommand extends Command
{
    public function __construct(private MessageBusInterface $bus)
    {
        parent::__construct();
    }

    protected function configure(): void
    {
        $this->addArgument('name', InputArgument::REQUIRED, 'Of the job; a number is added when there are several')
            ->addOption('count', null, InputOption::VALUE_REQUIRED, 'How many', '1')
            ->addOption('parameters', null, InputOption::VALUE_REQUIRED, 'JSON, see NewJob', '{}');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $parameters = json_decode($input->getOption('parameters'), true, flags: \JSON_THROW_ON_ERROR);
        $count = (int) $input->getOption('count');
        for ($number = 1; $number <= $count; ++$number) {
            $name = $input->getArgument('name').(1 === $count ? '' : "-$number");
            $this->bus->dispatch(new NewJob($name, $parameters));
        }

        return Command::SUCCESS;
    }
}
