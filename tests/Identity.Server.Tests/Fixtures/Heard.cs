using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Identity.Server.Tests.Fixtures;

/// <summary>What a server logs under one event id.</summary>
internal sealed class Heard(int id) : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == id)
        {
            Lines.Enqueue(formatter(state, exception));
        }
    }
}
