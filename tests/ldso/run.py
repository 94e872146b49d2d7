#!/usr/bin/python3
"""run.py CASE-FOLDER BUILD-FOLDER: one loader rule. The folder's case.py says what the rule is and builds it."""
import importlib.util
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402


def main():
    folder, build = sys.argv[1:3]
    spec = importlib.util.spec_from_file_location("case", os.path.join(folder, "case.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    case = harness.Case(os.path.join(build, os.path.basename(folder)))
    try:
        module.build(case)
        case.check()
    except harness.Failure as failure:
        print(f"{os.path.basename(folder)}: {module.RULE}\n{failure}")
        return 1
    print(f"ok: {module.RULE}")
    return 0


sys.exit(main())
