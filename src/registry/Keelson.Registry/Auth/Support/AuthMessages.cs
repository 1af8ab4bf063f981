using System.Net;
using Microsoft.Extensions.Logging;

namespace Keelson.Registry.Auth;

/// <summary>What the log is told. No message has a place for a password, a token, or a name that nobody has: people type passwords there.</summary>
internal static partial class AuthMessages
{
    [LoggerMessage(EventId = 40, Level = LogLevel.Error, Message = "nobody is let in: {Reason}")]
    public static partial void FileNotUsable(ILogger logger, string reason);

    [LoggerMessage(EventId = 41, Level = LogLevel.Information, Message = "login refused for a client at {Client}: {Reason}")]
    public static partial void LoginRefused(ILogger logger, IPAddress? client, string reason);

    [LoggerMessage(EventId = 42, Level = LogLevel.Information, Message = "token for {User}: {Scope}")]
    public static partial void TokenIssued(ILogger logger, RegistryIdentity user, string scope);

    [LoggerMessage(EventId = 43, Level = LogLevel.Information, Message = "token refused for a client at {Client}: {Reason}")]
    public static partial void TokenRefused(ILogger logger, IPAddress? client, string reason);

    [LoggerMessage(EventId = 44, Level = LogLevel.Warning, Message = "a request for a token cannot be answered now: {Reason}")]
    public static partial void CannotAnswer(ILogger logger, string reason);
}
