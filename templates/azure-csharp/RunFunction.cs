using System;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace App
{
    /// <summary>POST /api/run {"arguments": ["-x", ...], "input": "text for stdin"}, both optional.</summary>
    public sealed class RunRequest
    {
        [JsonPropertyName("arguments")]
        public string[] Arguments { get; set; } = Array.Empty<string>();

        [JsonPropertyName("input")]
        public string Input { get; set; } = string.Empty;
    }

    /// <summary>{"status": exit code, "output": stdout, "error": stderr}</summary>
    public sealed class RunResponse
    {
        [JsonPropertyName("status")]
        public int Status { get; set; }

        [JsonPropertyName("output")]
        public string Output { get; set; }

        [JsonPropertyName("error")]
        public string Error { get; set; }
    }

    public sealed class RunFunction
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(100); // HTTP callers get an answer within 230 s at most

        private readonly Tool tool;

        public RunFunction(Tool tool)
        {
            this.tool = tool;
        }

        [Function("run")]
        public async Task<HttpResponseData> RunAsync(
            [HttpTrigger(AuthorizationLevel.Function, "post")] HttpRequestData request, CancellationToken cancellationToken)
        {
            RunRequest asked;
            try
            {
                asked = await request.ReadFromJsonAsync<RunRequest>(cancellationToken) ?? new RunRequest();
            }
            catch (JsonException)
            {
                return request.CreateResponse(HttpStatusCode.BadRequest);
            }

            ToolResult result;
            try
            {
                result = await tool.RunAsync(
                    asked.Arguments ?? Array.Empty<string>(), asked.Input ?? string.Empty, Limit, cancellationToken);
            }
            catch (TimeoutException)
            {
                return request.CreateResponse(HttpStatusCode.GatewayTimeout);
            }

            var response = request.CreateResponse(HttpStatusCode.OK);
            await response.WriteAsJsonAsync(
                new RunResponse { Status = result.ExitCode, Output = result.Output, Error = result.Error }, cancellationToken);
            return response;
        }
    }
}
