using Microsoft.AspNetCore.Http;

namespace Keelson.DockerApi.Audit;

/// <summary>What an operation tells the audit log of itself.</summary>
internal sealed class AuditNote
{
    /// <summary>The container that it is about; <see langword="null"/> for none.</summary>
    public string? ContainerId { get; set; }

    /// <summary>Program and arguments that somebody wants to run; <see langword="null"/> for none.</summary>
    public IReadOnlyList<string>? Command { get; set; }

    /// <summary>Whether its connection carries streams now.</summary>
    public bool IsTakenOver { get; set; }

    /// <summary>The note of a request, made when there is none.</summary>
    public static AuditNote Of(HttpContext http)
    {
        AuditNote note = new();
        http.Features.Set(note);
        return note;
    }
}
