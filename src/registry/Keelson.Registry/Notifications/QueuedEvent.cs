using Keelson.Registry.Events;

namespace Keelson.Registry.Notifications;

/// <summary>An event in the queue.</summary>
/// <param name="Action">What happened.</param>
/// <param name="MediaType">The media type of the content.</param>
/// <param name="Json">The event as it is sent.</param>
internal readonly record struct QueuedEvent(EventAction Action, string MediaType, ReadOnlyMemory<byte> Json);
