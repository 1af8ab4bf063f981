using Microsoft.Extensions.Logging;

namespace Keelson.Acme;

/// <summary>What is logged of certificates. Nothing of it is a secret.</summary>
internal static partial class AcmeMessages
{
    [LoggerMessage(Level = LogLevel.Information, Message = "certificates come for account {Account}; terms of service that are agreed to: {Terms}")]
    public static partial void HasAccount(this ILogger logger, string account, string terms);

    [LoggerMessage(Level = LogLevel.Information, Message = "certificate for {Host}: from {Folder}, until {End:u}; renewed about {Due:u}")]
    public static partial void Found(this ILogger logger, string host, string folder, DateTimeOffset end, DateTimeOffset due);

    [LoggerMessage(Level = LogLevel.Information, Message = "certificate for {Host}: asked for at {Directory}, with {Challenge}")]
    public static partial void Asks(this ILogger logger, string host, Uri directory, string challenge);

    [LoggerMessage(Level = LogLevel.Information, Message = "certificate for {Host}: from {Directory}, until {End:u}; renewed about {Due:u}")]
    public static partial void Got(this ILogger logger, string host, Uri directory, DateTimeOffset end, DateTimeOffset due);

    [LoggerMessage(Level = LogLevel.Warning, Message = "certificate for {Host}: {Problem}; {Meanwhile}; tried again in {Delay}")]
    public static partial void NotGot(this ILogger logger, string host, string problem, string meanwhile, TimeSpan delay);

    [LoggerMessage(Level = LogLevel.Error, Message = "certificate for {Host}: {Problem}; it is used, and asked for anew after a restart")]
    public static partial void NotKept(this ILogger logger, string host, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "certificate for {Host}: {Problem}; another one is asked for")]
    public static partial void NotUsable(this ILogger logger, string host, string problem);
}
