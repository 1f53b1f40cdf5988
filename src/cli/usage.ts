/** What `-h` prints. */

export const usage = (
  program: string,
): string => `${program}: asks and tells spaced (or supervisord) about its processes

Usage: ${program} [options] [command [arguments]]

Options:
-c, --configuration FILE  take the address and login from [supervisorctl] in FILE
                          (default: supervisord.conf where supervisord looks for it)
-s, --serverurl URL       where the daemon listens: unix:///path or http://host:port
                          (default http://localhost:9001)
-u, --username NAME       log in with this name
-p, --password PASSWORD   and this password
-r, --history_file FILE   keep the history of the shell in FILE
-i, --interactive         ask before shutdown and reload; without a command: a shell
-h, --help                print this and exit

Without a command an interactive shell is started. \`${program} help\` lists the commands
that supervisorctl has too, \`${program} help NAME\` explains one. On top of those:

check [FILE]              read a configuration file and list all that is wrong with it
doctor [--json]           show what this container permits, and what cannot work in it
--json                    after status, avail, pid or reread: print JSON
'worker-*' 'grp:w*' '*_0?'  names may be patterns (quote them from your shell)
`;
