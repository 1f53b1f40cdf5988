#!/bin/sh
# The worker's log: its last lines, or with -f those to come as well. Symfony writes it to standard error.
exec supervisorctl -c "${SUPERVISOR_CONF:-/etc/supervisor/supervisord.conf}" tail ${1:+"$1"} messenger-worker stderr
