namespace Keelson.Engine.Containers;

/// <summary>An event in docker's terms.</summary>
/// <param name="Sequence">Its place in the engine's log; later events have higher numbers.</param>
/// <param name="Type"><c>container</c>, <c>image</c>, <c>volume</c> or <c>network</c>.</param>
/// <param name="Action">What happened: <c>create</c>, <c>start</c>, <c>die</c>, <c>exec_create: sh</c>.</param>
/// <param name="ActorId">Identity of what it happened to.</param>
/// <param name="Attributes">What else is known: labels, <c>name</c>, <c>image</c>, <c>exitCode</c>, <c>signal</c>.</param>
/// <param name="At">When it happened.</param>
public sealed record ContainerEvent(long Sequence, string Type, string Action, string ActorId, IReadOnlyDictionary<string, string> Attributes, DateTimeOffset At);
