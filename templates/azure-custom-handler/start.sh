#!/bin/sh
# The Functions host starts this, see host.json, for the shell needs no run bit of ours: those are lost on most ways to Azure, and
# wwwroot is read-only. What is to be executed is copied into a folder of this instance alone, so no other one is in its way.
# A program that answers HTTP on FUNCTIONS_CUSTOMHANDLER_PORT itself needs no handler: take both lines of it out, and end with
# exec "$own/@PROGRAM@".
set -eu
here=$(cd "$(dirname "$0")" && pwd)
own=$(mktemp -d "${TMPDIR:-/tmp}/bundle.XXXXXX")
cp "$here/tools/@HOME@/bin/@PROGRAM@" "$own/@PROGRAM@"
cp "$here/handler" "$own/.handler"
chmod 700 "$own/@PROGRAM@" "$own/.handler"
export BUNDLE_ROOT="$here/tools/@HOME@" # the launcher is a copy, and is told where its bundle lies
exec "$own/.handler" "$own/@PROGRAM@"
