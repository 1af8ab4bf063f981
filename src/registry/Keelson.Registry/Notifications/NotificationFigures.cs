namespace Keelson.Registry.Notifications;

/// <summary>How one endpoint has done so far.</summary>
/// <param name="Endpoint">Its name.</param>
/// <param name="Sent">Events that it has taken.</param>
/// <param name="Failures">Requests that failed.</param>
/// <param name="IsFailing">Whether the last request failed.</param>
public readonly record struct NotificationFigures(string Endpoint, long Sent, long Failures, bool IsFailing);
