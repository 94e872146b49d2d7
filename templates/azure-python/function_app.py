"""POST /api/run {"arguments": ["-x", ...], "input": "text for stdin"}, both optional, runs @PROGRAM@.

Answers {"status": exit status, negative for a signal, "output": stdout, "error": stderr}.
"""

import json
from pathlib import Path

import azure.functions as func

from tool import Tool

SECONDS = 100  # HTTP callers get an answer within 230 s at most

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
program = Tool(Path(__file__).resolve().parent / "tools/@HOME@", "@PROGRAM@")


@app.route(route="run", methods=["POST"])
async def run(req: func.HttpRequest) -> func.HttpResponse:
    try:
        asked = json.loads(req.get_body() or b"{}")
        arguments, text = [str(word) for word in asked.get("arguments", [])], str(asked.get("input", ""))
    except (ValueError, AttributeError, TypeError):
        return func.HttpResponse("the body is no JSON object with arguments and input\n", status_code=400)
    try:
        result = await program.run(arguments, text.encode(), SECONDS)
    except TimeoutError:
        return func.HttpResponse(f"@PROGRAM@ did not end within {SECONDS} s\n", status_code=504)
    answer = {"status": result.status, "output": result.output.decode(errors="replace"), "error": result.error.decode(errors="replace")}
    return func.HttpResponse(json.dumps(answer), mimetype="application/json")
