using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;

namespace Keelson.Plugins;

/// <summary>Speaks to a plug-in: JSON by POST, on a unix socket or over TCP. Docker Plugin API.</summary>
public sealed class PluginClient : IDisposable
{
    private const string ContentType = "application/vnd.docker.plugins.v1.2+json";

    /// <summary>Longest answer.</summary>
    private const int LimitBytes = 1 << 20;

    /// <summary>How long an answer is waited for, where nothing else is said.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;

    /// <summary>Makes a client, which asks nothing yet.</summary>
    /// <param name="name">What the plug-in is called.</param>
    /// <param name="address"><c>unix:///run/docker/plugins/x.sock</c>, <c>http://host:port</c> or <c>tcp://host:port</c>.</param>
    /// <param name="patience">How long an answer is waited for; 30 s where it is not said.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it is no such address.</exception>
    public PluginClient(string name, string address, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        Name = name;
        // Some plug-ins close a connection after each answer without a word, and what is asked for on one that is being closed is lost: none is used twice.
        SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, PooledConnectionLifetime = TimeSpan.Zero };
        Uri at;
        if (address.StartsWith("unix://", StringComparison.Ordinal))
        {
            UnixDomainSocketEndPoint place = new(address["unix://".Length..]);
            handler.ConnectCallback = async (_, cancel) =>
            {
                Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(place, cancel).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            };
            at = new("http://plugin");
        }
        else if (!Uri.TryCreate(address.StartsWith("tcp://", StringComparison.Ordinal) ? "http" + address[3..] : address, UriKind.Absolute, out at!) || at.Scheme is not ("http" or "https"))
        {
            handler.Dispose();
            throw new KeelsonException(ErrorKind.InvalidArgument, $"plug-in {name}: '{address}' is no address of one");
        }
        http = new(handler) { BaseAddress = at, Timeout = patience ?? Patience, MaxResponseContentBufferSize = LimitBytes };
    }

    /// <summary>What the plug-in is called.</summary>
    public string Name { get; }

    /// <summary>Whether it is what is asked for: <c>NetworkDriver</c>, <c>IpamDriver</c>, <c>authz</c>.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached.</exception>
    public async Task<bool> IsAsync(string kind, CancellationToken cancel) =>
        (await AskAsync("Plugin.Activate", new EmptyMessage(), PluginProtocolJson.Default.EmptyMessage, PluginProtocolJson.Default.ActivateAnswer, cancel).ConfigureAwait(false))?.Implements?.Contains(kind) == true;

    /// <summary>Asks for something, and takes the answer.</summary>
    /// <param name="method">Which: <c>NetworkDriver.Join</c>.</param>
    /// <param name="message">What is asked.</param>
    /// <param name="messageType">How that is written.</param>
    /// <param name="answerType">How the answer is written.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns><see langword="null"/>: the plug-in does not know the method.</returns>
    /// <exception cref="KeelsonException">Unavailable: it cannot be reached. Unknown: it refuses, with its own words.</exception>
    public async Task<TAnswer?> AskAsync<TMessage, TAnswer>(string method, TMessage message, JsonTypeInfo<TMessage> messageType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancel) where TAnswer : class
    {
        using ByteArrayContent content = new(JsonSerializer.SerializeToUtf8Bytes(message, messageType));
        content.Headers.ContentType = new(ContentType);
        byte[] body;
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/" + method) { Content = content };
            request.Headers.TryAddWithoutValidation("Accept", ContentType);
            using HttpResponseMessage response = await http.SendAsync(request, cancel).ConfigureAwait(false);
            if (response.StatusCode == System.Net.HttpStatusCode.NotFound) return null;
            body = await response.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode) throw Refusal(method, WordsOf(body) ?? $"status {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or SocketException || e is OperationCanceledException && !cancel.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"plug-in {Name}: {method}: {(e is OperationCanceledException ? $"no answer within {http.Timeout.TotalSeconds} s" : e.Message)}", e);
        }
        // Strings inside of it are read only when somebody asks for them, who expects no error of JSON any more.
        if (!Utf8.IsValid(body)) throw new KeelsonException(ErrorKind.DataLoss, $"plug-in {Name}: {method}: its answer is no UTF-8");
        TAnswer? answer;
        try
        {
            answer = JsonSerializer.Deserialize(body, answerType);
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"plug-in {Name}: {method}: its answer is no JSON of this kind", e);
        }
        if (answer is PluginAnswer told && (told.Err ?? told.Error) is { Length: > 0 } words) throw Refusal(method, words);
        return answer ?? throw new KeelsonException(ErrorKind.DataLoss, $"plug-in {Name}: {method}: its answer is empty");
    }

    /// <summary>Gives up what is being asked, and the connections.</summary>
    public void Dispose() => http.Dispose();

    private KeelsonException Refusal(string method, string words) => new(ErrorKind.FailedPrecondition, $"plug-in {Name}: {method}: {(words.Length > 500 ? words[..500] : words)}");

    private static string? WordsOf(byte[] body)
    {
        try
        {
            PluginAnswer? answer = JsonSerializer.Deserialize(body, PluginProtocolJson.Default.PluginAnswer);
            return answer?.Err ?? answer?.Error;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
