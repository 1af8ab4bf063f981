using System.Globalization;
using MySqlConnector;

namespace Keelson.Notary.MySql;

/// <summary>The address of a database in the form of Go's driver for MySQL.</summary>
/// <remarks><code>
/// [user[:password]@][tcp[(host[:port])] | unix(path)]/database[?name=value[&amp;name=value]]
/// </code>
/// The database follows the last slash, and the host the last at sign before it, so both may be in a password. Of the parameters <c>tls</c> (<c>true</c>,
/// <c>skip-verify</c>, <c>preferred</c>, <c>false</c>) and <c>timeout</c> (to connect: <c>500ms</c>, <c>5s</c>, <c>1m</c>) are followed. What the others of notary's
/// examples ask for is how it is here anyway: times are UTC, texts are Unicode. One that asks for something else is refused.
/// </remarks>
internal static class MySqlAddress
{
    private const string DefaultHost = "127.0.0.1";
    private const uint DefaultPort = 3306;

    /// <summary>Longest time to connect.</summary>
    private static readonly TimeSpan TimeoutLimit = TimeSpan.FromHours(1);

    /// <summary>Reads one.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is none, or asks for what there is not. Nothing of it is repeated but the name of a parameter: it has a password in it.</exception>
    public static MySqlConnectionStringBuilder Parse(string address)
    {
        MySqlConnectionStringBuilder builder = new() { SslMode = MySqlSslMode.None, AllowPublicKeyRetrieval = true };
        int slash = address.LastIndexOf('/'), question = address.IndexOf('?', Math.Max(slash, 0));
        string database = slash < 0 ? "" : address[(slash + 1)..(question < 0 ? address.Length : question)];
        if (database.Length == 0) throw Wrong("it names no database");
        database = Uri.UnescapeDataString(database);
        // The driver's own text loses some of them.
        if (address.Any(char.IsControl) || database.Any(char.IsControl)) throw Wrong("it has a control character");
        builder.Database = database;
        int at = address.LastIndexOf('@', slash);
        if (at >= 0) SetUser(builder, address[..at]);
        SetHost(builder, address[(at + 1)..slash]);
        foreach (string pair in question < 0 ? [] : address[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = pair.Split('=', 2);
            Set(builder, words[0], words.Length > 1 ? Uri.UnescapeDataString(words[1]) : "");
        }
        return builder;
    }

    private static void SetUser(MySqlConnectionStringBuilder builder, string text)
    {
        string[] user = text.Split(':', 2);
        builder.UserID = user[0];
        if (user.Length > 1) builder.Password = user[1];
    }

    private static void SetHost(MySqlConnectionStringBuilder builder, string text)
    {
        string[] words = text.Split('(', 2);
        string place = words.Length > 1 && words[1].EndsWith(')') ? words[1][..^1] : words.Length > 1 ? throw Wrong("a parenthesis is not closed") : "";
        switch (words[0])
        {
            case "unix" when place.StartsWith('/'):
                (builder.ConnectionProtocol, builder.Server) = (MySqlConnectionProtocol.UnixSocket, place);
                break;
            case "tcp" or "":
                int colon = place.LastIndexOf(':');
                bool hasPort = colon >= 0 && !place.EndsWith(']');
                string host = (hasPort ? place[..colon] : place).Trim('[', ']');
                builder.ConnectionProtocol = MySqlConnectionProtocol.Sockets;
                builder.Server = host.Length > 0 ? host : DefaultHost;
                builder.Port = !hasPort ? DefaultPort : ushort.TryParse(place[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : throw Wrong("its port is none");
                break;
            default:
                throw Wrong("it is reached neither by tcp(host:port) nor by unix(/path)");
        }
    }

    private static void Set(MySqlConnectionStringBuilder builder, string name, string value)
    {
        switch (name)
        {
            case "tls":
                builder.SslMode = value switch { "true" => MySqlSslMode.VerifyFull, "skip-verify" => MySqlSslMode.Required, "preferred" => MySqlSslMode.Preferred, "false" => MySqlSslMode.None, _ => throw Wrong(name, "true, skip-verify, preferred, false") };
                // Over TLS a password is sent as it is; else a server of MySQL 8 is asked for its key, as Go's driver does.
                builder.AllowPublicKeyRetrieval = builder.SslMode is MySqlSslMode.None or MySqlSslMode.Preferred;
                break;
            case "timeout":
                builder.ConnectionTimeout = (uint)Math.Ceiling((Duration(value) ?? throw Wrong(name, "500ms, 5s, 1m")).TotalSeconds);
                break;
            case "loc" when value is not "UTC":
                throw Wrong(name, "UTC");
            case "charset" when !value.Split(',').All(word => word is "utf8" or "utf8mb3" or "utf8mb4"):
                throw Wrong(name, "utf8, utf8mb4");
            case "parseTime" or "loc" or "charset" or "interpolateParams" or "allowNativePasswords":
                break;
            default:
                throw Wrong($"'{name}' is no parameter that is known here");
        }
    }

    private static TimeSpan? Duration(string text)
    {
        (string number, double seconds) = text switch { [.. var ms, 'm', 's'] => (ms, 0.001), [.. var s, 's'] => (s, 1), [.. var m, 'm'] => (m, 60), _ => ("", 0) };
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)) return null;
        return count * seconds > 0 && count * seconds <= TimeoutLimit.TotalSeconds ? TimeSpan.FromSeconds(count * seconds) : null;
    }

    private static KeelsonException Wrong(string name, string values) => Wrong($"'{name}' is none of {values}");

    private static KeelsonException Wrong(string why) => new(ErrorKind.InvalidArgument, "mysql: read the address of the database: " + why);
}
