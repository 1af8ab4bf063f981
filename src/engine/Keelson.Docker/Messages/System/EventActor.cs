namespace Keelson.Docker;

/// <summary>What an event is about.</summary>
public sealed record EventActor
{
    public string ID { get; set => field = value ?? ""; } = "";

    public Dictionary<string, string>? Attributes { get; set; }
}
