namespace Keelson.Content;

/// <summary>Whether content of one namespace saves another one its transfer. containerd's <c>content_sharing_policy</c>.</summary>
public enum SharingPolicy
{
    /// <summary>Who names the digest of a blob that any namespace has, gets it without sending it.</summary>
    Shared,
    /// <summary>Each namespace proves that it has the bytes by sending them, except for those of a namespace labelled <see cref="ControlLabels.NamespaceShareable"/>.</summary>
    Isolated,
}
