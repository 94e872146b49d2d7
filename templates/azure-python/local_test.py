#!/usr/bin/env python3
"""Runs @PROGRAM@ here as the function does: no cloud, no Core Tools.

python3 local_test.py [ARGUMENT ...]    what is piped in is the program's input
"""

import asyncio
import sys
from pathlib import Path

from tool import Tool

root = Path(__file__).resolve().parent / "tools/@HOME@"
data = b"" if sys.stdin.isatty() else sys.stdin.buffer.read()
result = asyncio.run(Tool(root, "@PROGRAM@").run(sys.argv[1:] or ["--version"], data))
sys.stdout.buffer.write(result.output)
sys.stderr.buffer.write(result.error)
print(f"status {result.status}", file=sys.stderr)
