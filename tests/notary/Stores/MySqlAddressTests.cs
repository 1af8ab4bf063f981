using Keelson.Notary.MySql;
using MySqlConnector;

namespace Keelson.Notary.Tests.Stores;

/// <summary>Addresses in the form of Go's driver.</summary>
public sealed class MySqlAddressTests
{
    [Theory]
    [InlineData("server@tcp(mysqldb:3306)/notaryserver?parseTime=True", "server||mysqldb|3306|notaryserver|None")]
    [InlineData("server:p:w/o@r?d@tcp(db:3307)/notary?tls=true", "server|p:w/o@r?d|db|3307|notary|VerifyFull")]
    [InlineData("server@unix(/run/mysqld/mysqld.sock)/notary", "server||/run/mysqld/mysqld.sock|3306|notary|None")]
    [InlineData("server@tcp([::1]:3307)/notary?tls=skip-verify", "server||::1|3307|notary|Required")]
    [InlineData("server@tcp([fd00::1])/notary?tls=preferred", "server||fd00::1|3306|notary|Preferred")]
    [InlineData("server:@tcp/notary?tls=false&charset=utf8mb4,utf8&loc=UTC", "server||127.0.0.1|3306|notary|None")]
    [InlineData("/a%2Fb", "||127.0.0.1|3306|a/b|None")]
    public void An_address_names_user_place_database_and_protection(string address, string expected)
    {
        MySqlConnectionStringBuilder read = MySqlAddress.Parse(address);
        Assert.Equal(expected, $"{read.UserID}|{read.Password}|{read.Server}|{read.Port}|{read.Database}|{read.SslMode}");
        Assert.Equal(address.Contains("unix", StringComparison.Ordinal) ? MySqlConnectionProtocol.UnixSocket : MySqlConnectionProtocol.Sockets, read.ConnectionProtocol);
    }

    [Theory]
    [InlineData("500ms", 1)]
    [InlineData("5s", 5)]
    [InlineData("1.5m", 90)]
    public void A_timeout_is_a_duration_of_Go_in_whole_seconds(string text, uint seconds) => Assert.Equal(seconds, MySqlAddress.Parse("s@/d?timeout=" + text).ConnectionTimeout);

    [Theory]
    [InlineData("", "it names no database")]
    [InlineData("server:secret@tcp(db:3306)", "it names no database")]
    [InlineData("server:secret@tcp(db:3306)/?parseTime=True", "it names no database")]
    [InlineData("server:secret@tcp(db)/notary\n", "it has a control character")]
    [InlineData("server:secret@tcp(db)/%00", "it has a control character")]
    [InlineData("server:secret@tcp(db:0)/notary", "its port is none")]
    [InlineData("server:secret@tcp(db:65536)/notary", "its port is none")]
    [InlineData("server:secret@tcp(db/notary", "a parenthesis is not closed")]
    [InlineData("server:secret@pipe(db)/notary", "neither by tcp(host:port) nor by unix(/path)")]
    [InlineData("server:secret@unix(mysqld.sock)/notary", "neither by tcp(host:port) nor by unix(/path)")]
    [InlineData("server:secret@/notary?tls=custom", "'tls' is none of true, skip-verify, preferred, false")]
    [InlineData("server:secret@/notary?timeout=0s", "'timeout' is none of 500ms, 5s, 1m")]
    [InlineData("server:secret@/notary?timeout=NaNs", "'timeout' is none of 500ms, 5s, 1m")]
    [InlineData("server:secret@/notary?timeout=2000m", "'timeout' is none of 500ms, 5s, 1m")]
    [InlineData("server:secret@/notary?loc=Local", "'loc' is none of UTC")]
    [InlineData("server:secret@/notary?charset=latin1", "'charset' is none of utf8, utf8mb4")]
    [InlineData("server:secret@/notary?colour=secret", "'colour' is no parameter that is known here")]
    public void What_is_no_address_is_refused_with_the_reason_and_without_its_password(string address, string why)
    {
        KeelsonException refused = Assert.Throws<KeelsonException>(() => MySqlAddress.Parse(address));
        Assert.Equal(ErrorKind.InvalidArgument, refused.Kind);
        Assert.Contains("mysql: read the address of the database: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.ToString(), StringComparison.Ordinal);
    }
}
