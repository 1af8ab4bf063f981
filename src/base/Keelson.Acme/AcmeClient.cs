using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Keelson.Acme.Challenges;
using Keelson.Acme.Protocol;
using Microsoft.Extensions.Logging;

namespace Keelson.Acme;

/// <summary>Gets certificates from one authority. RFC 8555. One at a time.</summary>
/// <remarks>
/// <code>
/// directory ─► account ─► order ─► authorization ─► challenge: answered, and looked at by the authority
///                           │                                   │
///                           └── certificate ◄── finalize ◄── order is ready
/// </code>
/// What the authority says is a stranger's word: its answers are bounded, its addresses are on its own server, and a certificate takes so long and no longer.
/// </remarks>
public sealed class AcmeClient : IDisposable
{
    /// <summary>Most authorizations of one name: there is one.</summary>
    private const int AuthorizationLimit = 4;

    /// <summary>Longest question; those of Let's Encrypt have 43 characters.</summary>
    private const int TokenLimit = 256;

    /// <summary>Longest pause that an authority can ask for between two looks.</summary>
    private static readonly TimeSpan PauseLimit = TimeSpan.FromMinutes(1);

    private static readonly byte[] Empty = "{}"u8.ToArray();

    private readonly AcmeOptions options;
    private readonly AcmeAccountKey key;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly AcmeHttp http;

    /// <summary>Makes a client, which asks nothing yet.</summary>
    /// <param name="options">The authority.</param>
    /// <param name="key">The key of the account, which stays the caller's.</param>
    /// <param name="logger">Hears of the account that is used.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the directory is not at https, nor on the loopback interface.</exception>
    public AcmeClient(AcmeOptions options, AcmeAccountKey key, ILogger logger, TimeProvider? time = null)
    {
        Uri at = options.Directory;
        if (!at.IsAbsoluteUri || at.UserInfo.Length > 0 || at.Scheme != Uri.UriSchemeHttps && !(at.Scheme == Uri.UriSchemeHttp && at.IsLoopback))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"directory {(at.IsAbsoluteUri ? at.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : at)}: it is not an address with https");
        (this.options, this.key, this.logger, this.time) = (options, key, logger, time ?? TimeProvider.System);
        http = new(options, key, this.time);
    }

    /// <summary>Gets a certificate.</summary>
    /// <param name="host">The name that it is for.</param>
    /// <param name="responders">What can prove that the name is ours, the best first.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="AcmeException">The authority gave none.</exception>
    public async Task<IssuedCertificate> IssueAsync(string host, IReadOnlyList<IChallengeResponder> responders, CancellationToken stop = default)
    {
        if (!AcmeText.IsHost(host)) throw new KeelsonException(ErrorKind.InvalidArgument, $"'{host}' is no name of a host");
        using CancellationTokenSource limit = new(options.OrderLimit, time), both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            try
            {
                return await RunAsync(host, responders, both.Token).ConfigureAwait(false);
            }
            catch (AcmeException e) when (e.Problem == "accountDoesNotExist" && http.Account is not null)
            {
                // The authority has forgotten the account: it is made again with the same key.
                http.Account = null;
                return await RunAsync(host, responders, both.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new AcmeException(ErrorKind.Unavailable, $"the authority did not come to an end within {options.OrderLimit.TotalSeconds} s", inner: e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<IssuedCertificate> RunAsync(string host, IReadOnlyList<IChallengeResponder> responders, CancellationToken stop)
    {
        DirectoryDocument directory = await http.OpenAsync(stop).ConfigureAwait(false);
        if (http.Account is null) await EnterAsync(directory, stop).ConfigureAwait(false);
        AcmeAnswer made = await http.PostAsync("new order", directory.NewOrder, JsonSerializer.SerializeToUtf8Bytes(new OrderRequest([new("dns", host)]), AcmeJson.Default.OrderRequest), stop).ConfigureAwait(false);
        OrderDocument order = made.Read(AcmeJson.Default.OrderDocument);
        string address = http.Address(made.Step, made.Location).AbsoluteUri;
        if (order.Authorizations is not { Count: > 0 and <= AuthorizationLimit } authorizations) throw new AcmeException(ErrorKind.Unavailable, $"new order: the authority names no authorizations, or more than {AuthorizationLimit}");
        foreach (string? authorization in authorizations) await ProveAsync(host, authorization, responders, stop).ConfigureAwait(false);
        order = await SettleAsync("order", address, AcmeJson.Default.OrderDocument, document => document.Status is "pending" or "processing", null, stop).ConfigureAwait(false);
        if (order.Status != "ready") throw Refused("order", order);
        using ECDsa certificateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        FinalizeRequest request = new(Base64Url.EncodeToString(Request(host, certificateKey)));
        AcmeAnswer answer = await http.PostAsync("finalize", order.Finalize, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.FinalizeRequest), stop).ConfigureAwait(false);
        order = answer.Read(AcmeJson.Default.OrderDocument);
        if (order.Status is not ("valid" or "invalid")) order = await SettleAsync("certificate", address, AcmeJson.Default.OrderDocument, document => document.Status is "ready" or "processing", answer.RetryAfter, stop).ConfigureAwait(false);
        if (order.Status != "valid") throw Refused("certificate", order);
        answer = await http.PostAsync("certificate", order.Certificate, default, stop).ConfigureAwait(false);
        return new(IssuedCertificate.PemOf(certificateKey), Encoding.UTF8.GetString(answer.Body));
    }

    /// <summary>Makes the account, or finds it again by its key. RFC 8555 section 7.3.</summary>
    private async Task EnterAsync(DirectoryDocument directory, CancellationToken stop)
    {
        if (directory.Meta?.ExternalAccountRequired == true && options.ExternalAccount is null) throw new AcmeException(ErrorKind.PermissionDenied, "new account: the authority wants an external account (eab) and none is configured", "externalAccountRequired");
        Uri url = http.Address("new account", directory.NewAccount);
        AccountRequest request = new(true, options.Email is { } email ? ["mailto:" + email] : null, options.ExternalAccount is { } external ? key.Bind(url, external) : null);
        AcmeAnswer answer = await http.PostAsync("new account", url.AbsoluteUri, JsonSerializer.SerializeToUtf8Bytes(request, AcmeJson.Default.AccountRequest), stop).ConfigureAwait(false);
        http.Account = http.Address("new account", answer.Location).AbsoluteUri;
        if (logger.IsEnabled(LogLevel.Information)) logger.HasAccount(http.Account, Problems.Tidy(directory.Meta?.TermsOfService ?? "none"));
    }

    /// <summary>Proves who holds the name. RFC 8555 section 7.5.</summary>
    private async Task ProveAsync(string host, string? address, IReadOnlyList<IChallengeResponder> responders, CancellationToken stop)
    {
        AuthorizationDocument authorization = (await http.PostAsync("authorization", address, default, stop).ConfigureAwait(false)).Read(AcmeJson.Default.AuthorizationDocument);
        if (authorization.Status == "valid") return;
        if (authorization.Identifier is not { Type: "dns" } identifier || !string.Equals(identifier.Value, host, StringComparison.OrdinalIgnoreCase)) throw new AcmeException(ErrorKind.Unavailable, "authorization: it is of another name");
        if (authorization.Status != "pending") throw new AcmeException(ErrorKind.FailedPrecondition, $"authorization: it is {Problems.Tidy(authorization.Status ?? "of no status")}");
        (IChallengeResponder responder, ChallengeDocument challenge) = Choose(authorization.Challenges ?? [], responders);
        using (responder.Answer(host, challenge.Token!, key.Authorize(challenge.Token!)))
        {
            AcmeAnswer begun = await http.PostAsync(responder.Type, challenge.Url, Empty, stop).ConfigureAwait(false);
            authorization = await SettleAsync(responder.Type, address, AcmeJson.Default.AuthorizationDocument, document => document.Status == "pending", begun.RetryAfter, stop).ConfigureAwait(false);
        }
        if (authorization.Status == "valid") return;
        ProblemDocument? problem = authorization.Challenges?.FirstOrDefault(one => one?.Error is not null)?.Error;
        throw Problems.Error($"{responder.Type}: the authority does not see that the name is ours", 0, problem);
    }

    private static (IChallengeResponder, ChallengeDocument) Choose(IReadOnlyList<ChallengeDocument?> offered, IReadOnlyList<IChallengeResponder> responders)
    {
        foreach (IChallengeResponder responder in responders)
            if (offered.FirstOrDefault(one => one?.Type == responder.Type) is { Token: { Length: <= TokenLimit } token } challenge && AcmeText.IsBase64Url(token)) return (responder, challenge);
        throw new AcmeException(ErrorKind.FailedPrecondition, $"authorization: the authority offers {Problems.Tidy(string.Join(", ", offered.Select(one => one?.Type)))} and none that can be answered: {string.Join(", ", responders.Select(one => one.Type))}");
    }

    /// <summary>Asks again and again until something is not as it was.</summary>
    private async Task<T> SettleAsync<T>(string step, string? address, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Func<T, bool> isUnderWay, TimeSpan? pause, CancellationToken stop) where T : class
    {
        TimeSpan own = options.PollInterval;
        while (true)
        {
            AcmeAnswer answer = await http.PostAsync(step, address, default, stop).ConfigureAwait(false);
            T document = answer.Read(type);
            if (!isUnderWay(document)) return document;
            pause = answer.RetryAfter ?? pause;
            TimeSpan next = pause > own ? pause.Value : own;
            await Task.Delay(next < PauseLimit ? next : PauseLimit, time, stop).ConfigureAwait(false);
            if (own < options.PollInterval * 10) own *= 2;
            pause = null;
        }
    }

    private static AcmeException Refused(string step, OrderDocument order) =>
        order.Error is not null || order.Status == "invalid" ? Problems.Error($"{step}: the order is invalid", 0, order.Error) : new(ErrorKind.Unavailable, $"{step}: the order is {Problems.Tidy(order.Status ?? "of no status")}");

    private static byte[] Request(string host, ECDsa key)
    {
        CertificateRequest request = new(new X500DistinguishedName([0x30, 0]), key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }
}
