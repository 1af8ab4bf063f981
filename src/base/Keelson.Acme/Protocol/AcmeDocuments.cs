using System.Text.Json.Serialization;

namespace Keelson.Acme.Protocol;

/// <summary>RFC 8555 section 7.1.1.</summary>
internal sealed record DirectoryDocument(string? NewNonce, string? NewAccount, string? NewOrder, DirectoryMeta? Meta);

/// <summary>RFC 8555 section 7.1.1.</summary>
internal sealed record DirectoryMeta(string? TermsOfService, bool? ExternalAccountRequired);

/// <summary>RFC 8555 section 7.1.3.</summary>
internal sealed record OrderDocument(string? Status, IReadOnlyList<string?>? Authorizations, string? Finalize, string? Certificate, ProblemDocument? Error);

/// <summary>RFC 8555 section 7.1.4.</summary>
internal sealed record AuthorizationDocument(string? Status, Identifier? Identifier, IReadOnlyList<ChallengeDocument?>? Challenges);

/// <summary>RFC 8555 section 8.</summary>
internal sealed record ChallengeDocument(string? Type, string? Url, string? Token, ProblemDocument? Error);

/// <summary>RFC 7807, RFC 8555 section 6.7.</summary>
internal sealed record ProblemDocument(string? Type, string? Detail, IReadOnlyList<ProblemDocument?>? Subproblems);

/// <summary>RFC 8555 section 9.7.7.</summary>
internal sealed record Identifier(string? Type, string? Value);

/// <summary>RFC 8555 section 7.3.</summary>
internal sealed record AccountRequest(bool TermsOfServiceAgreed, IReadOnlyList<string>? Contact, SignedMessage? ExternalAccountBinding);

/// <summary>RFC 8555 section 7.4.</summary>
internal sealed record OrderRequest(IReadOnlyList<Identifier> Identifiers);

/// <summary>RFC 8555 section 7.4.</summary>
internal sealed record FinalizeRequest(string Csr);

/// <summary>A signed message, flattened. RFC 7515 section 7.2.2.</summary>
internal sealed record SignedMessage(string Protected, string Payload, string Signature);

/// <summary>What is signed besides the payload. RFC 8555 section 6.2.</summary>
internal sealed record MessageHeader(string Alg, string? Nonce, string Url, PublicKey? Jwk, string? Kid);

/// <summary>A public key of P-256. The members are in the order that its thumbprint has. RFC 7638 section 3.2.</summary>
internal sealed record PublicKey(string Crv, string Kty, string X, string Y);

/// <summary>Reads and writes the documents. What is <c>null</c> is left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(DirectoryDocument))]
[JsonSerializable(typeof(OrderDocument))]
[JsonSerializable(typeof(AuthorizationDocument))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(AccountRequest))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(FinalizeRequest))]
[JsonSerializable(typeof(SignedMessage))]
[JsonSerializable(typeof(MessageHeader))]
[JsonSerializable(typeof(PublicKey))]
internal sealed partial class AcmeJson : JsonSerializerContext;
