using System.Globalization;
using Jiceng.Cadre.V1;

namespace Jiceng.Cli.Demo;

/// <summary>Made-up people: the same number always gives the same person. Nobody real is meant.</summary>
internal static class SamplePeople
{
    private const string Surnames = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
    private const string First = "建国志海文春玉金永明晓秀丽红小新学德家俊";
    private const string Second = "军平华强峰英芳兰梅生林东波涛勇辉燕霞娟伟";

    // GB 11643: weights and check characters of the 18th digit.
    private static readonly int[] Weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    private const string CheckDigits = "10X98765432";

    public static CreatePersonRequest Make(int number, string countyCode, string organizationId, params ReadOnlySpan<PersonCategory> categories)
    {
        var birth = new DateOnly(1966, 1, 1).AddDays(number * 7919 % 12_400);
        var person = new Person
        {
            DisplayName = Name(number),
            OrganizationId = organizationId,
            Education = (Education)((int)Education.SeniorSecondary + (number % 4)),
            PartyJoinDate = birth.AddYears(22).ToString("O", CultureInfo.InvariantCulture),
        };
        foreach (var category in categories) person.Categories.Add(category);
        return new CreatePersonRequest
        {
            Person = person,
            PersonalFields = new PersonalFields
            {
                ResidentId = ResidentId(countyCode, birth, number % 1000),
                Phone = string.Create(CultureInfo.InvariantCulture, $"1380000{number % 10_000:0000}"),
            },
        };
    }

    public static string Name(int number) => string.Concat(
        Surnames.AsSpan(number % Surnames.Length, 1), First.AsSpan(number * 7 / 3 % First.Length, 1), Second.AsSpan(number * 13 / 5 % Second.Length, 1));

    /// <summary>A resident id with the right check digit for a made-up person.</summary>
    internal static string ResidentId(string countyCode, DateOnly birth, int sequence)
    {
        var body = string.Create(CultureInfo.InvariantCulture, $"{countyCode}{birth:yyyyMMdd}{sequence:000}");
        return body + CheckDigits[body.Select((c, i) => (c - '0') * Weights[i]).Sum() % 11];
    }
}
