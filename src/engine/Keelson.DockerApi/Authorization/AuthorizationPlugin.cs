using System.Net.Sockets;
using Keelson.DockerApi.Http;
using Keelson.Plugins;

namespace Keelson.DockerApi.Authorization;

/// <summary>One plug-in. It is looked for at each question, so that one that was started again elsewhere is found.</summary>
/// <param name="name">What it is called.</param>
/// <param name="directory">Where plug-ins are.</param>
/// <param name="patience">How long an answer is waited for.</param>
internal sealed class AuthorizationPlugin(string name, PluginDirectory directory, TimeSpan patience) : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<PluginClient> made = [];
    private (string Address, PluginClient Client)? current;
    private PluginClient? active;

    /// <summary>Asks it.</summary>
    /// <param name="method"><c>AuthZReq</c> or <c>AuthZRes</c>.</param>
    /// <param name="message">What is asked.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ApiException">403: it does not allow it, or nothing can be learnt from it.</exception>
    public async Task AskAsync(string method, AuthorizationMessage message, CancellationToken cancel)
    {
        AuthorizationAnswer answer;
        try
        {
            PluginClient client = Find();
            if (active != client)
            {
                if (!await client.IsAsync("authz", cancel).ConfigureAwait(false)) throw new KeelsonException(ErrorKind.FailedPrecondition, $"plug-in {name}: it is none for authorization");
                active = client;
            }
            answer = await client.AskAsync("AuthZPlugin." + method, message, AuthorizationJson.Default.AuthorizationMessage, AuthorizationJson.Default.AuthorizationAnswer, cancel).ConfigureAwait(false)
                ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"plug-in {name}: it does not know {method}");
        }
        catch (Exception e) when (e is KeelsonException or IOException or SocketException)
        {
            throw Denied(e is KeelsonException known ? known.FullMessage : e.Message, e);
        }
        if (answer.Err is { Length: > 0 } error) throw Denied(error);
        if (!answer.Allow) throw Denied(answer.Msg ?? "");
    }

    /// <summary>Gives up its connections.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (PluginClient client in made) client.Dispose();
            made.Clear();
        }
    }

    private PluginClient Find()
    {
        string address = directory.Find(name) ?? throw new KeelsonException(ErrorKind.NotFound, $"plug-in {name}: there is none of this name");
        lock (gate)
        {
            if (current?.Address == address) return current.Value.Client;
            PluginClient client = new(name, address, patience);
            // Those before may be in use.
            made.Add(client);
            current = (address, client);
            return client;
        }
    }

    private ApiException Denied(string words, Exception? cause = null) => new(403, $"authorization denied by plugin {name}: {words}", cause);
}
