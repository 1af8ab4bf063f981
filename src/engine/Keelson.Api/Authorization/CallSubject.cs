namespace Keelson.Api.Authorization;

/// <summary>Who wants to do what.</summary>
/// <param name="UserId">User of the process that connected. unix(7) SO_PEERCRED.</param>
/// <param name="GroupId">Its group.</param>
/// <param name="ProcessId">The process when it connected.</param>
/// <param name="Namespace">The namespace of the call or of the event; empty when a call has none.</param>
/// <param name="Action">The method, as <c>/containerd.services.tasks.v1.Tasks/Start</c>, or an event to be told, as <c>event:/tasks/start</c>.</param>
public readonly record struct CallSubject(uint UserId, uint GroupId, int ProcessId, string Namespace, string Action);
