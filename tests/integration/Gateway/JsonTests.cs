using System.Buffers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Jiceng.Contracts;
using Jiceng.Domain;
using Jiceng.Gateway.Json;
using Jiceng.Grid.V1;
using Shouldly;
using Xunit;

namespace Jiceng.IntegrationTests.Gateway;

/// <summary>The gateway's JSON is that of protobuf: it is compared with Google's own, message by message.</summary>
public sealed class JsonTests
{
    [Fact]
    public void EveryMessageOfTheContracts_IsWrittenAndReadAsGoogleDoes()
    {
        var types = ContractFiles.Services.SelectMany(service => service.Methods)
            .SelectMany(method => (MessageDescriptor[])[method.InputType, method.OutputType]).Append(EveryType.Descriptor).Distinct().ToArray();
        types.Length.ShouldBeGreaterThan(100);
        foreach (var type in types)
        {
            for (var seed = 0; seed < (type == EveryType.Descriptor ? 300 : 10); seed++)
            {
                var message = new SampleMessages(seed).Of(type);
                var google = JsonFormatter.Default.Format(message);
                var written = Write(message);
                Same(written, google).ShouldBeTrue($"{type.FullName}, seed {seed}:\n{written}\n{google}");
                type.Parser.ParseFrom(Read(written, type)).ShouldBe(message, $"{type.FullName}, seed {seed}");
                type.Parser.ParseFrom(Read(google, type)).ShouldBe(message, $"{type.FullName}, seed {seed}, by Google");
            }
        }
    }

    [Fact]
    public void Fields_OutOfOrderOrTwice_AreWrittenOnce()
    {
        byte[] wire = [0xC2, 0x01, 1, (byte)'a', 0x10, 7, 0xC2, 0x01, 1, (byte)'b', 0x10, 9];
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, JsonAnswer.Options)) JsonAnswer.Write(writer, JsonMessage.Of(EveryType.Descriptor), wire);
        Encoding.UTF8.GetString(json.WrittenSpan).ShouldBe("""{"aInt64":"9","someString":["a","b"]}""");
    }

    [Theory]
    [InlineData("""{"a_int64":"12"}""", """{"aInt64":"12"}""")]
    [InlineData("""{"aInt64":12}""", """{"aInt64":"12"}""")]
    [InlineData("""{"aInt32":1.2e1}""", """{"aInt32":12}""")]
    [InlineData("""{"aInt32":"-12"}""", """{"aInt32":-12}""")]
    [InlineData("""{"aUint64":"18446744073709551615"}""", """{"aUint64":"18446744073709551615"}""")]
    [InlineData("""{"aColour":5}""", """{"aColour":"COLOUR_GREEN"}""")]
    [InlineData("""{"aColour":77}""", """{"aColour":77}""")]
    [InlineData("""{"aBytes":"-_8"}""", """{"aBytes":"+/8="}""")]
    [InlineData("""{"aTime":"2026-11-22T09:30:00.5+08:00"}""", """{"aTime":"2026-11-22T01:30:00.500Z"}""")]
    [InlineData("""{"aDuration":"-0.000001s"}""", """{"aDuration":"-0.000001s"}""")]
    [InlineData("""{"aMask":"parentCode,node.name"}""", """{"aMask":"parentCode,node.name"}""")]
    [InlineData("""{"aMask":""}""", """{"aMask":""}""")]
    [InlineData("""{"aWrappedNumber":"0","aWrappedString":null,"aString":null,"someString":[],"textByText":{}}""", """{"aWrappedNumber":"0"}""")]
    [InlineData("""{"aString":"\u8d75\uD842\uDFB7"}""", """{"aString":"赵𠮷"}""")]
    [InlineData("""{"\u0061String":"x"}""", """{"aString":"x"}""")]
    [InlineData(""" { } """, "{}")]
    public void Json_InAnotherSpelling_IsRead(string sent, string same) =>
        Same(Write(EveryType.Parser.ParseFrom(Read(sent, EveryType.Descriptor))), same).ShouldBeTrue();

    [Theory]
    [InlineData("""{"aMessage":{"someMessage":[{},{"nope":1}]}}""", "FIELD_UNKNOWN", "aMessage.someMessage[1].nope")]
    [InlineData("""{"aint64":1}""", "FIELD_UNKNOWN", "aint64")]
    [InlineData("""{"aInt32":2147483648}""", "ARGUMENT_INVALID", "aInt32")]
    [InlineData("""{"aInt32":1.5}""", "ARGUMENT_INVALID", "aInt32")]
    [InlineData("""{"aUint32":-1}""", "ARGUMENT_INVALID", "aUint32")]
    [InlineData("""{"aInt64":"9223372036854775808"}""", "ARGUMENT_INVALID", "aInt64")]
    [InlineData("""{"aInt64":" 1"}""", "ARGUMENT_INVALID", "aInt64")]
    [InlineData("""{"aInt64":true}""", "ARGUMENT_INVALID", "aInt64")]
    [InlineData("""{"aFloat":1e39}""", "ARGUMENT_INVALID", "aFloat")]
    [InlineData("""{"aDouble":1e999}""", "ARGUMENT_INVALID", "aDouble")]
    [InlineData("""{"aBool":"true"}""", "ARGUMENT_INVALID", "aBool")]
    [InlineData("""{"aString":1}""", "ARGUMENT_INVALID", "aString")]
    [InlineData("""{"aString":"\uD842"}""", "ARGUMENT_INVALID", "aString")]
    [InlineData("""{"aBytes":"*"}""", "ARGUMENT_INVALID", "aBytes")]
    [InlineData("""{"someColour":["COLOUR_RED","RED"]}""", "ARGUMENT_INVALID", "someColour[1]")]
    [InlineData("""{"someString":["a",null]}""", "ARGUMENT_INVALID", "someString[1]")]
    [InlineData("""{"someString":"a"}""", "ARGUMENT_INVALID", "someString")]
    [InlineData("""{"someTimes":["2026-02-30T00:00:00Z"]}""", "ARGUMENT_INVALID", "someTimes[0]")]
    [InlineData("""{"aTime":"2026-11-22"}""", "ARGUMENT_INVALID", "aTime")]
    [InlineData("""{"aTime":"0001-01-01T00:00:00+08:00"}""", "ARGUMENT_INVALID", "aTime")]
    [InlineData("""{"aDuration":"5"}""", "ARGUMENT_INVALID", "aDuration")]
    [InlineData("""{"aMask":"parent_code"}""", "ARGUMENT_INVALID", "aMask")]
    [InlineData("""{"textByText":{"a":null}}""", "ARGUMENT_INVALID", "textByText[0]")]
    [InlineData("""{"messageByNumber":{"one":{}}}""", "ARGUMENT_INVALID", "messageByNumber[0]")]
    [InlineData("""{"aString":"a","a_string":"b"}""", "ARGUMENT_INVALID", "aString")]
    [InlineData("""{"chosenString":"a","chosenNumber":"1"}""", "ARGUMENT_INVALID", "chosenNumber")]
    [InlineData("""[]""", "ARGUMENT_INVALID", "(the request)")]
    public void Json_ThatDoesNotFit_IsRefusedWithItsPlace(string sent, string reason, string field)
    {
        var refusal = Should.Throw<ApiException>(() => Read(sent, EveryType.Descriptor));
        (refusal.Reason.Reason, refusal.Metadata["field"]).ShouldBe((reason, field));
        refusal.Fields.ShouldHaveSingleItem().Field.ShouldBe(field);
    }

    [Theory]
    [InlineData("", "1", "1")]
    [InlineData("{", "1", "2")]
    [InlineData("{\n \"aString\": \"x\",\n \"aBool\" true}", "3", "10")]
    [InlineData("{} {}", "1", "4")]
    [InlineData("{\"aString\":\"x\",}", "1", "16")]
    public void Json_Malformed_IsRefusedWithTheLine(string sent, string line, string position)
    {
        var refusal = Should.Throw<ApiException>(() => Read(sent, EveryType.Descriptor));
        (refusal.Reason.Reason, refusal.Metadata["line"], refusal.Metadata["byte"]).ShouldBe(("JSON_MALFORMED", line, position));
    }

    [Fact]
    public void Json_NestedDeeperThanAllowed_IsRefused() =>
        Should.Throw<ApiException>(() => Read($"{string.Concat(Enumerable.Repeat("{\"aMessage\":", 5000))}{new string('}', 5000)}", EveryType.Descriptor))
            .Reason.Reason.ShouldBe("JSON_MALFORMED");

    [Fact]
    public void UnknownField_Refusal_NamesTheFieldsOfTheMessage() =>
        Should.Throw<ApiException>(() => Read("""{"kode":"140224"}""", GetNodeRequest.Descriptor)).Message
            .ShouldBe("There is no field kode; jiceng.grid.v1.GetNodeRequest has the fields code.");

    private static bool Same(string one, string other)
    {
        using var first = JsonDocument.Parse(one);
        using var second = JsonDocument.Parse(other);
        return JsonElement.DeepEquals(first.RootElement, second.RootElement);
    }

    private static string Write(IMessage message)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, JsonAnswer.Options)) JsonAnswer.Write(writer, JsonMessage.Of(message.Descriptor), message.ToByteArray());
        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static byte[] Read(string json, MessageDescriptor type)
    {
        var wire = new ByteBuffer();
        JsonRequest.Read(Encoding.UTF8.GetBytes(json), JsonMessage.Of(type), wire);
        return wire.Written.ToArray();
    }
}
