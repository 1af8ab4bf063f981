using System.Text;
using Keelson.Notary.MySql;
using MySqlConnector;

namespace Keelson.Fuzz.Targets;

/// <summary>Addresses of databases of MySQL: refused with a reason, or a place and a database that the driver understands as they were said.</summary>
internal sealed class MySqlAddressTarget : IFuzzTarget
{
    public string Name => "mysql-address";

    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        try
        {
            MySqlConnectionStringBuilder read = MySqlAddress.Parse(text);
            if (read.Database.Length == 0 || read.Server.Length == 0) throw new InvalidOperationException($"'{text}' leads nowhere");
            MySqlConnectionStringBuilder again = new(read.ConnectionString);
            if ((again.UserID, again.Password, again.Server, again.Port, again.Database, again.SslMode) != (read.UserID, read.Password, read.Server, read.Port, read.Database, read.SslMode))
                throw new InvalidOperationException($"'{text}' is understood as another address");
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.InvalidArgument)
        {
            // It is none.
        }
    }
}
