// What azure-csharp's sources use of the worker, of ASP.NET's host and of .NET newer than Mono's libraries, by the same
// names. In place of a host that listens, Run() does what the command line says, by the registered tool and function.
extern alias mono;

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using System.Threading;
using System.Threading.Tasks;
using App;
using Microsoft.Azure.Functions.Worker.Http;

namespace System.IO
{
    [Flags]
    public enum UnixFileMode { UserExecute = 64, UserWrite = 128, UserRead = 256 }

    public static class File
    {
        [DllImport("libc", SetLastError = true)]
        private static extern int chmod(string path, int mode);

        [DllImport("libc", SetLastError = true)]
        private static extern int rename(string from, string to);

        public static bool Exists(string path) => new FileInfo(path).Exists;

        public static byte[] ReadAllBytes(string path)
        {
            using (var stream = new FileStream(path, FileMode.Open, FileAccess.Read))
            {
                var content = new byte[stream.Length];
                for (int at = 0, got; at < content.Length; at += got) got = stream.Read(content, at, content.Length - at);
                return content;
            }
        }

        public static void WriteAllBytes(string path, byte[] content)
        {
            using (var stream = new FileStream(path, FileMode.Create)) stream.Write(content, 0, content.Length);
        }

        public static void SetUnixFileMode(string path, UnixFileMode mode)
        {
            if (chmod(path, (int)mode) != 0) throw new IOException(path);
        }

        public static void Move(string from, string to, bool overwrite)
        {
            if (!overwrite || rename(from, to) != 0) throw new IOException(to);
        }
    }
}

namespace System.Runtime.Versioning
{
    [AttributeUsage(AttributeTargets.All)]
    public sealed class SupportedOSPlatformAttribute : Attribute
    {
        public SupportedOSPlatformAttribute(string name) { }
    }
}

namespace System.Text.Json
{
    public class JsonException : Exception { }
}

namespace System.Text.Json.Serialization
{
    public sealed class JsonPropertyNameAttribute : Attribute
    {
        public JsonPropertyNameAttribute(string name) { Name = name; }
        public string Name { get; }
    }
}

namespace System.Threading.Tasks
{
    public static class NewerTasks
    {
        public static async Task WaitAsync(this Task task, CancellationToken token)
        {
            var cancelled = new TaskCompletionSource<bool>();
            using (token.Register(() => cancelled.TrySetCanceled())) await await Task.WhenAny(task, cancelled.Task);
        }
    }
}

// Mono's knows ArgumentList and does not use it.
namespace System.Diagnostics
{
    using System.Collections.Specialized;
    using System.IO;
    using System.Text;
    using Real = mono::System.Diagnostics;

    public sealed class ProcessStartInfo
    {
        public ProcessStartInfo(string name) { FileName = name; }
        public string FileName { get; }
        public List<string> ArgumentList { get; } = new List<string>();
        public IDictionary<string, string> Environment { get; } = new Dictionary<string, string>();
        public bool UseShellExecute { get; set; } = true;
        public string WorkingDirectory { get; set; }
        public bool RedirectStandardInput { get; set; }
        public bool RedirectStandardOutput { get; set; }
        public bool RedirectStandardError { get; set; }
        public Encoding StandardInputEncoding { get; set; }
        public Encoding StandardOutputEncoding { get; set; }
        public Encoding StandardErrorEncoding { get; set; }
    }

    public sealed class Process : IDisposable
    {
        private readonly Real.Process process;
        private Process(Real.Process process, StreamWriter input)
        {
            this.process = process;
            StandardInput = input;
        }

        public StreamWriter StandardInput { get; }
        public StreamReader StandardOutput => process.StandardOutput;
        public StreamReader StandardError => process.StandardError;
        public int ExitCode => process.ExitCode;

        public static Process Start(ProcessStartInfo info)
        {
            // Mono takes the text apart as a shell would.
            var words = info.ArgumentList.Select(word => "'" + word.Replace("'", "'\\''") + "'");
            var real = new Real.ProcessStartInfo(info.FileName, string.Join(" ", words))
            {
                UseShellExecute = info.UseShellExecute,
                WorkingDirectory = info.WorkingDirectory,
                RedirectStandardInput = info.RedirectStandardInput,
                RedirectStandardOutput = info.RedirectStandardOutput,
                RedirectStandardError = info.RedirectStandardError,
                StandardOutputEncoding = info.StandardOutputEncoding,
                StandardErrorEncoding = info.StandardErrorEncoding,
            };
            foreach (var pair in info.Environment) real.EnvironmentVariables[pair.Key] = pair.Value;
            var process = Real.Process.Start(real);
            return new Process(process, new StreamWriter(process.StandardInput.BaseStream, info.StandardInputEncoding));
        }

        public async Task WaitForExitAsync(CancellationToken token)
        {
            while (!process.HasExited) await Task.Delay(5, token);
        }

        public void Kill(bool entireProcessTree) => process.Kill();
        public void Dispose() => process.Dispose();
    }
}

namespace Microsoft.Azure.Functions.Worker
{
    public enum AuthorizationLevel { Anonymous, User, Function, System, Admin }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute : Attribute
    {
        public FunctionAttribute(string name) { }
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute : Attribute
    {
        public HttpTriggerAttribute(AuthorizationLevel level, params string[] methods) { }
    }
}

namespace Microsoft.Azure.Functions.Worker.Http
{
    public class HttpRequestData
    {
        public object Body;
        public bool Broken;
        public HttpResponseData CreateResponse() => new HttpResponseData();
    }

    public class HttpResponseData
    {
        public HttpStatusCode StatusCode;
        public object Body;
    }

    public static class HttpExtensions
    {
        public static Task<T> ReadFromJsonAsync<T>(this HttpRequestData request, CancellationToken token = default)
        {
            if (request.Broken) throw new System.Text.Json.JsonException();
            return Task.FromResult((T)request.Body);
        }

        public static HttpResponseData CreateResponse(this HttpRequestData request, HttpStatusCode code) =>
            new HttpResponseData { StatusCode = code };

        public static Task WriteAsJsonAsync<T>(this HttpResponseData response, T body, CancellationToken token = default)
        {
            response.Body = body;
            return Task.CompletedTask;
        }
    }
}

namespace Microsoft.Extensions.DependencyInjection
{
    public interface IServiceCollection { object Service { get; set; } }

    public static class ServiceExtensions
    {
        public static IServiceCollection AddSingleton<T>(this IServiceCollection services, T instance) where T : class
        {
            services.Service = instance;
            return services;
        }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public interface IHost { void Do(); }

    public static class HostExtensions
    {
        public static void Run(this IHost host) => host.Do();
    }
}

namespace Microsoft.Azure.Functions.Worker.Builder
{
    using Microsoft.Extensions.DependencyInjection;
    using Microsoft.Extensions.Hosting;

    public static class FunctionsApplication
    {
        public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new FunctionsApplicationBuilder(args);
    }

    public sealed class FunctionsApplicationBuilder
    {
        private readonly string[] args;
        public FunctionsApplicationBuilder(string[] args) { this.args = args; }
        public IServiceCollection Services { get; } = new Collection();
        public IHost Build() => new Host(args, (Tool)Services.Service);

        private sealed class Collection : IServiceCollection { public object Service { get; set; } }
    }

    public sealed class Host : IHost
    {
        private readonly string[] args;
        private readonly Tool tool;
        public Host(string[] args, Tool tool) { this.args = args; this.tool = tool; }

        public void Do() => DoAsync().GetAwaiter().GetResult();

        private async Task DoAsync()
        {
            var function = new RunFunction(tool);
            switch (args[0])
            {
                case "call":
                    Say(await function.RunAsync(
                        new HttpRequestData { Body = new RunRequest { Arguments = args.Skip(1).ToArray(), Input = Console.In.ReadToEnd() } }, default));
                    break;
                case "empty":
                    Say(await function.RunAsync(new HttpRequestData(), default));
                    break;
                case "broken":
                    Say(await function.RunAsync(new HttpRequestData { Broken = true }, default));
                    break;
                case "many":
                    var asked = Enumerable.Range(0, 20).Select(i => tool.RunAsync(new[] { $"{i}" }, "", TimeSpan.FromSeconds(60)));
                    var got = await Task.WhenAll(asked);
                    Console.WriteLine(string.Join("", got.Select(result => result.Output)));
                    break;
                case "timeout":
                    await ExpectAsync<TimeoutException>(() => tool.RunAsync(new[] { "hang" }, "", TimeSpan.FromSeconds(1)));
                    break;
                case "cancel":
                    var source = new CancellationTokenSource(500);
                    await ExpectAsync<OperationCanceledException>(() => tool.RunAsync(new[] { "hang" }, "", TimeSpan.FromSeconds(60), source.Token));
                    break;
            }
        }

        private static async Task ExpectAsync<T>(Func<Task> call) where T : Exception
        {
            var watch = Stopwatch.StartNew();
            try
            {
                await call();
            }
            catch (T)
            {
                Console.WriteLine($"{typeof(T).Name} {watch.Elapsed.TotalSeconds < 20}");
            }

            // What is killed takes a moment to be gone.
            for (var i = 0; i < 200 && Children().Any(); i++) await Task.Delay(50);
            Console.WriteLine($"left: {string.Join(" ", Children())}");
        }

        /// Those of this process, but for what has ended and is not yet asked how.
        private static IEnumerable<string> Children()
        {
            foreach (var task in System.IO.Directory.GetDirectories("/proc/self/task"))
            foreach (var child in Text($"{task}/children").Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries))
            {
                var state = Text($"/proc/{child}/stat");
                if (state != "" && !state.Contains(") Z ")) yield return child;
            }
        }

        private static string Text(string path)
        {
            try
            {
                using (var reader = new System.IO.StreamReader(path)) return reader.ReadToEnd();
            }
            catch (System.IO.IOException)
            {
                return ""; // it is gone
            }
        }

        /// The HTTP status, and each property by its name in JSON, with its length in front.
        private static void Say(HttpResponseData response)
        {
            Console.WriteLine((int)response.StatusCode);
            if (response.Body == null) return;
            foreach (var property in response.Body.GetType().GetProperties())
            {
                var name = (JsonPropertyNameAttribute)property.GetCustomAttributes(typeof(JsonPropertyNameAttribute), false).Single();
                var text = $"{property.GetValue(response.Body)}";
                Console.WriteLine($"{name.Name} {text.Length}");
                Console.WriteLine(text);
            }
        }
    }
}
