using System;
using System.IO;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace App
{
    public static class Program
    {
        public static void Main(string[] args)
        {
            var builder = FunctionsApplication.CreateBuilder(args);
            builder.Services.AddSingleton(new Tool(Path.Combine(AppContext.BaseDirectory, "tools", "@HOME@"), "@PROGRAM@"));
            builder.Build().Run();
        }
    }
}
