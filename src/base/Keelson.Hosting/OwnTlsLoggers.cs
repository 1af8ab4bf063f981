using Microsoft.Extensions.Logging;

namespace Keelson.Hosting;

/// <summary>Loggers without Kestrel's warning that HTTP/2 needs its own TLS: here it is negotiated before Kestrel sees the connection.</summary>
internal sealed class OwnTlsLoggers(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Filter(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    public void Dispose()
    {
        // They are the caller's.
    }

    private sealed class Filter(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name != "Http2DisabledWithHttp1AndNoTls") logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
