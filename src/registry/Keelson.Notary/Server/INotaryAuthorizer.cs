using Microsoft.AspNetCore.Http;

namespace Keelson.Notary.Server;

/// <summary>Says who may do what on a server of collections.</summary>
public interface INotaryAuthorizer
{
    /// <summary>Decides about a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="access">What it needs; <see langword="null"/>: to be somebody at all.</param>
    ValueTask<NotaryDecision> AuthorizeAsync(HttpContext context, NotaryAccess? access);
}

/// <summary>What a request needs, as the scope of a token says it.</summary>
/// <param name="Type"><c>repository</c> for a collection, <c>registry</c> for the feed of all changes.</param>
/// <param name="Name">The collection, or <c>catalog</c>.</param>
/// <param name="Actions"><c>pull</c>, <c>push</c>, or <c>*</c>; all of them are needed.</param>
public sealed record NotaryAccess(string Type, string Name, IReadOnlyList<string> Actions);

/// <summary>An answer.</summary>
/// <param name="IsAllowed">Whether the request may be answered.</param>
/// <param name="Challenge">What <c>WWW-Authenticate</c> says otherwise.</param>
/// <param name="User">Who it is, for logs; empty when nobody said.</param>
public readonly record struct NotaryDecision(bool IsAllowed, string Challenge = "", string User = "");
