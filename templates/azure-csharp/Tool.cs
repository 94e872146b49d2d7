using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

// What is bundled is for Linux, and so are run bits.
[assembly: SupportedOSPlatform("linux")]

namespace App
{
    /// <summary>What a program that came to its end left. An exit code above 128 is 128 and the signal that ended it.</summary>
    public sealed class ToolResult
    {
        public ToolResult(int exitCode, string output, string error)
        {
            ExitCode = exitCode;
            Output = output;
            Error = error;
        }

        public int ExitCode { get; }

        public string Output { get; }

        public string Error { get; }
    }

    /// <summary>A program of a bundle below tools/, run as a child process. One instance serves all threads.</summary>
    public sealed class Tool
    {
        // A file that is open for writing in a child that is just being started cannot be executed (ETXTBSY).
        private static readonly object Starting = new object();
        private static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

        private readonly string root;
        private readonly string name;
        private readonly Lazy<string> launcher;

        /// <param name="root">The bundle: the absolute path of tools/NAME.</param>
        /// <param name="name">The program: a file in its bin/.</param>
        public Tool(string root, string name)
        {
            this.root = root;
            this.name = name;
            launcher = new Lazy<string>(CopyLauncher);
        }

        /// <summary>Runs the program to its end, with its input, output and errors as UTF-8 text.</summary>
        /// <exception cref="TimeoutException">It took longer than <paramref name="timeout"/>; it was killed.</exception>
        /// <exception cref="OperationCanceledException">The caller gave up; it was killed.</exception>
        public async Task<ToolResult> RunAsync(
            IEnumerable<string> arguments, string input, TimeSpan timeout, CancellationToken cancellationToken = default)
        {
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            using (var process = Start(arguments))
            {
                limit.CancelAfter(timeout);
                try
                {
                    // All at once: a program stops when nobody empties a pipe that it writes to.
                    var output = process.StandardOutput.ReadToEndAsync();
                    var error = process.StandardError.ReadToEndAsync();
                    var end = process.WaitForExitAsync(limit.Token);
                    await Task.WhenAll(WriteAsync(process.StandardInput, input), output, error, end)
                        .WaitAsync(limit.Token)
                        .ConfigureAwait(false);
                    return new ToolResult(process.ExitCode, await output.ConfigureAwait(false), await error.ConfigureAwait(false));
                }
                catch (OperationCanceledException)
                {
                    process.Kill(entireProcessTree: true);
                    cancellationToken.ThrowIfCancellationRequested();
                    throw new TimeoutException($"{name} did not end within {timeout.TotalSeconds} s");
                }
            }
        }

        private static async Task WriteAsync(StreamWriter stream, string input)
        {
            try
            {
                using (stream)
                {
                    await stream.WriteAsync(input).ConfigureAwait(false);
                }
            }
            catch (IOException)
            {
                // The program closed its input before it read all of it, as it may.
            }
        }

        private Process Start(IEnumerable<string> arguments)
        {
            var start = new ProcessStartInfo(launcher.Value)
            {
                UseShellExecute = false,
                WorkingDirectory = Path.GetTempPath(),
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = Utf8,
                StandardOutputEncoding = Utf8,
                StandardErrorEncoding = Utf8,
            };
            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            // The launcher is a copy, and is told where its bundle lies.
            start.Environment["BUNDLE_ROOT"] = root;
            lock (Starting)
            {
                return Process.Start(start);
            }
        }

        /// <summary>
        /// A copy of the launcher that may be executed, for run bits are lost on the way to wwwroot, which is read-only.
        /// It appears under its name whole and executable, so other workers of this machine use it or replace it by the same.
        /// Named by its content, it is none of another version.
        /// </summary>
        private string CopyLauncher()
        {
            lock (Starting)
            {
                var content = File.ReadAllBytes(Path.Combine(root, "bin", name));
                string hash;
                using (var sha = SHA256.Create())
                {
                    hash = BitConverter.ToString(sha.ComputeHash(content), 0, 8).Replace("-", string.Empty);
                }

                var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"bundle-{hash}")).FullName;
                var path = Path.Combine(folder, name);
                if (File.Exists(path))
                {
                    return path;
                }

                var own = $"{path}.{Guid.NewGuid():N}";
                File.WriteAllBytes(own, content);
                File.SetUnixFileMode(own, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                File.Move(own, path, overwrite: true);
                return path;
            }
        }
    }
}
