namespace Keelson.Api.Authorization;

/// <summary>Decides who may do and see what. It is asked before every call, and before every event that is told.</summary>
public interface ICallAuthorizer
{
    /// <summary>Decides one case.</summary>
    /// <param name="subject">Who wants what.</param>
    /// <returns>Why not; <see langword="null"/> when it may.</returns>
    ValueTask<string?> RefuseAsync(CallSubject subject);
}
